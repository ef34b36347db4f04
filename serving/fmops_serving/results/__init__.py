"""What stays of an evaluation: Parquet files, reports, and the commands that show them."""
