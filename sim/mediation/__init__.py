"""What a mediator is told, what it makes of that, and what it says before and in talks."""
