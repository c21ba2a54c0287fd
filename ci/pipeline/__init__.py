"""What ties the verbs to a CI system: what is kept between jobs, and what is said of a change (ci/DESIGN.md)."""
