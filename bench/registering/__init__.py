"""What bench/register.py is made of: the ground, the questions, the moves, and the same by hand."""
