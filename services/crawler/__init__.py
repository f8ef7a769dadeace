"""The crawler: watches feeds, reads the pages they announce, numbers their revisions."""
