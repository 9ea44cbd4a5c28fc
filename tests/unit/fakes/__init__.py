"""In-memory answers to the ports of `stowage.domain.ports`, under the conditions of the real ones."""
