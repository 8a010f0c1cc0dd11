"""K macroscopic bodies under gravity or electrostatics, and the packets that ride on them."""
