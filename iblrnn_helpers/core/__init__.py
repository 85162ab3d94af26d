"""What knows no task: it imports nothing of the package outside but `files` and `checks`."""
