"""The emulator's extension: what ministack lacks of AWS, one module per service."""
