"""The demo: a small press of invented outlets on loopback addresses, with feeds and pages as untidy as the web's."""
