"""The sink: documents, the bulk loop, the stage."""
