# What the environment recipe makes, with the same arguments, as one writes it by hand: without the checks of zones, endpoint
# services and of what is deployed before.

terraform {
  required_version = ">= 1.4"
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { Environment = "by-hand", ManagedBy = "terraform" }
  }
}

locals {
  name  = "by-hand"
  zones = { a = "10.10.0.0/24", b = "10.10.1.0/24" }
}

data "aws_availability_zones" "available" {
  state = "available"
}

data "aws_caller_identity" "own" {}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
}

resource "aws_vpc" "main" {
  cidr_block           = "10.10.0.0/23"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = local.name }
}

resource "aws_default_security_group" "unused" {
  vpc_id  = aws_vpc.main.id
  ingress = []
  egress  = []
  tags    = { Name = "${local.name}-default-unused" }
}

resource "aws_subnet" "isolated" {
  for_each          = local.zones
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = data.aws_availability_zones.available.names[each.key == "a" ? 0 : 1]
  tags              = { Name = "${local.name}-${each.key}" }
}

resource "aws_route_table" "isolated" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = local.name }
}

resource "aws_route_table_association" "isolated" {
  for_each       = aws_subnet.isolated
  subnet_id      = each.value.id
  route_table_id = aws_route_table.isolated.id
}

resource "aws_security_group" "endpoints" {
  name        = "${local.name}-endpoints"
  description = "HTTPS from the VPC"
  vpc_id      = aws_vpc.main.id
  tags        = { Name = "${local.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from the VPC"
  cidr_ipv4         = aws_vpc.main.cidr_block
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_endpoint" "ssm" {
  for_each            = toset(["ssm", "ssmmessages", "ec2messages"])
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.us-east-1.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = values(aws_subnet.isolated)[*].id
  security_group_ids  = [aws_security_group.endpoints.id]
  tags                = { Name = "${local.name}-${each.key}" }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OwnAccountOnly"
      Effect    = "Allow"
      Principal = "*"
      Action    = "${each.key}:*"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = data.aws_caller_identity.own.account_id } }
    }]
  })
}

resource "aws_iam_role" "instances" {
  name        = local.name
  description = "Lets the instances register with Systems Manager"
  # Others may have attached policies, too.
  force_detach_policies = true
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "session_manager" {
  role       = aws_iam_role.instances.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "instances" {
  name = local.name
  role = aws_iam_role.instances.name
}

resource "aws_security_group" "instances" {
  name        = "${local.name}-instances"
  description = "Nothing in"
  vpc_id      = aws_vpc.main.id
  ingress     = []
  tags        = { Name = "${local.name}-instances" }
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id            = aws_security_group.instances.id
  description                  = "HTTPS to the VPC endpoints of Systems Manager"
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_instance" "cookbook" {
  ami                         = data.aws_ssm_parameter.image.insecure_value
  instance_type               = "t3.nano"
  subnet_id                   = aws_subnet.isolated["a"].id
  associate_public_ip_address = false
  vpc_security_group_ids      = [aws_security_group.instances.id]
  iam_instance_profile        = aws_iam_instance_profile.instances.name
  user_data                   = ""
  user_data_replace_on_change = true
  ebs_optimized               = true
  monitoring                  = false
  disable_api_termination     = false
  tags                        = { Name = local.name }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 64
    instance_metadata_tags      = "disabled"
  }

  root_block_device {
    encrypted             = true
    volume_type           = "gp3"
    volume_size           = 8
    delete_on_termination = true
    tags                  = { Name = local.name }
  }

  depends_on = [
    aws_iam_role_policy_attachment.session_manager,
    aws_vpc_security_group_egress_rule.https,
  ]

  lifecycle {
    ignore_changes = [ami, associate_public_ip_address, ebs_optimized, subnet_id]
  }
}
