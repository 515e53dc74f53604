"""Decides requests by IAM policies: cases come as JSON on standard input, IAM's words for each go out in their order.

The engine is ministack's. It has no policy variables, so those are filled in first, as IAM does.
"""

import json
import re
import sys

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document


def fill_in(document, context):
    """Replaces ${key} by its value in the request; a variable without value matches nothing."""
    text = json.dumps(document)
    return re.sub(r"\$\{([^}]+)\}", lambda found: context.get(found.group(1), "\\u0000"), text)


def decide(case):
    context = case["context"]
    policies = [parse_policy_document(fill_in(document, context)) for document in case["policies"]]
    request = EvalContext(
        principal_arn=case["principal"],
        principal_type="AssumedRole",
        principal_account="111122223333",
        action=case["action"],
        resource_arn=case["resource"],
        region="eu-central-1",
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context={key.lower(): value for key, value in context.items()},
    )
    return evaluate(request, policies).decision


decisions = [decide(case) for case in json.load(sys.stdin)]
print(json.dumps(decisions))
