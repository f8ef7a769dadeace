"""What an adapter promises, tested once for all of them."""
