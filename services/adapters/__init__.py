"""The outside: Kafka, OpenSearch, SQLite, tantivy, HTTP. Each adapter keeps the promises of its port in core.ports."""
