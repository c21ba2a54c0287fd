"""What runs in Kubernetes: manifests, the recipe of the image, what a pod does (ci/FLEET.md)."""
