"""What a raw article becomes: clean text, metadata, entities, places and coded events. See pipeline.py."""
