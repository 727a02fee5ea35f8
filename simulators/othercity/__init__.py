"""Another city, simulated as a process of its own: it lets persons go, asks for some, objects, is silent or down."""
