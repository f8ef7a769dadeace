"""The dashboard: an API over the index, and the page that shows it."""
