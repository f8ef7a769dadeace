"""The steps from a raw article to an enriched one: each takes a draft and gives one that knows more."""
