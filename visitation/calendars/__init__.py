"""Calendar files of visits, and private feeds of them."""
