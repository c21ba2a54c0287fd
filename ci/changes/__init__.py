"""What has changed over the history of the runs, and since which commit."""
