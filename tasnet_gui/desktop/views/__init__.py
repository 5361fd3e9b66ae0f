"""What the window shows; each view draws one frozen value and reports what the user did."""
