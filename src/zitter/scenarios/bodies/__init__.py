"""K bodies under gravity and electrostatics, and the packets that ride on them."""
