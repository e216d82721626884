# The load balancer's configuration, published through its admin API.
terraform {
  required_version = ">= 1.4"
  backend "http" {} # its address comes from TF_HTTP_ADDRESS
}

variable "admin_url" {
  type        = string
  description = "Where the configuration is published"
}

locals {
  configuration = {
    version        = 15
    algorithm      = "least_connections"
    idle_timeout_s = 30
    health_check   = { path = "/health", interval_s = 5 }
  }
}

resource "terraform_data" "load_balancer" {
  input            = local.configuration
  triggers_replace = local.configuration

  provisioner "local-exec" {
    command = "curl --fail --silent --show-error --max-time 10 --request PUT --header 'Content-Type: application/json' --data \"$CONFIGURATION\" \"$ADMIN_URL/configuration\""
    environment = {
      CONFIGURATION = jsonencode(local.configuration)
      ADMIN_URL     = var.admin_url
    }
  }
}

output "version" {
  value = terraform_data.load_balancer.output.version
}
