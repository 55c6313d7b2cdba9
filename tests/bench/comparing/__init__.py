"""What comparisons are measured with: gold files, other tools, generated pairs, bare comparisons."""
