"""The OpenAPI 3.1 document, made from the routes, the models and the kinds; for development, no Lambda imports it."""
