"""The page that shows what goes on: pure HTML of a board and of a service's history, made on the server."""
