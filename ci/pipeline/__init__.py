"""What ties the verbs to a CI system: what is kept between jobs, what is said of a change, and what other trackers read."""
