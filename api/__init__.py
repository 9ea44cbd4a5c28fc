"""What people call: HTTP routes and the WebSocket's routes."""
