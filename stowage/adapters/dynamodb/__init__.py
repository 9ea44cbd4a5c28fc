"""The mirror: one DynamoDB table, one module per kind of row (docs/adr/0003-lock-on-the-row.md)."""
