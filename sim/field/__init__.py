"""Published facts about real negotiations and contracts, held against what the laboratory simulates."""
