"""Tests that build the images and run them with a container engine of their own."""
