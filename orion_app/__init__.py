"""What people touch: browser pages, REST, command line."""
