"""What every stage shares: models, ports, the runner, ids, errors, metrics, the clock. Imports no other part."""
