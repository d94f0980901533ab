"""One module for each function, in folders by who invokes it: parse the event, call one use case, return its result."""
