"""What ties the verbs to a CI system: what is kept between jobs, said of a change, and read by other trackers."""
