#!/bin/sh
# LocalStack runs this when it is up: creates the bucket that compose.yaml names in S3_SOURCE_BUCKETS.
set -eu
awslocal s3api create-bucket --bucket observations
