"""The sink: enriched articles, their mentions and linked events become versioned documents of the index."""
