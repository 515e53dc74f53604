/** Types of resources that AWS gives no tags, of all that are made. */
export const WITHOUT_TAGS = [
  "aws_cloudwatch_event_target",
  "aws_cloudwatch_log_metric_filter",
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_kms_alias",
  "aws_route_table_association",
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_object_lock_configuration",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_scheduler_schedule",
  "aws_sns_topic_policy",
  "aws_sns_topic_subscription",
  "terraform_data",
];
