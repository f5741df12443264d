"""
Starts MiniStack with stand-ins for what it lacks of a stage's stacks, so that they deploy whole. What is stood in for is listed here by name, and each
is looked for first: as soon as MiniStack has it by itself this fails, and the stand-in has to go.
"""

import inspect
import itertools
import json

from ministack.core.responses import error_response_json
from ministack.services import dynamodb, ecr, eventbridge, ssm
from ministack.services.cloudformation import provisioners

numbers = itertools.count(1)


def recorded(attributes):
    """A resource that is named and remembered, and does nothing. `#` in an attribute is a number of its own."""

    def create(logical_id, _props, stack_name):
        number = str(next(numbers))
        physical_id = attributes.get("Ref", f"{stack_name}-{logical_id}-#").replace("#", number)
        return physical_id, {name: value.replace("#", number) for name, value in attributes.items() if name != "Ref"}

    def update(physical_id, _old, _new, _stack_name, _logical_id=None):
        return physical_id, {}

    return {"create": create, "update": update, "delete": lambda _physical_id, _props: None}


# Types of CloudFormation that MiniStack refuses, and what others read of them.
TYPES = {
    "AWS::EC2::EIP": {"Ref": "192.0.2.#", "PublicIp": "192.0.2.#", "AllocationId": "eipalloc-#"},
    "AWS::EC2::NatGateway": {"Ref": "nat-#", "NatGatewayId": "nat-#"},
    "AWS::EC2::SecurityGroupIngress": {"Ref": "sgr-in-#", "Id": "sgr-in-#"},
    "AWS::EC2::SecurityGroupEgress": {"Ref": "sgr-out-#", "Id": "sgr-out-#"},
    "AWS::ECS::ClusterCapacityProviderAssociations": {},
    "AWS::ApplicationAutoScaling::ScalableTarget": {"Id": "target-#"},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {"Arn": "arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:#"},
    "AWS::CloudWatch::InsightRule": {"Arn": "arn:aws:cloudwatch:us-east-1:000000000000:insight-rule/#"},
}


def stand_in_for_types():
    for name, attributes in TYPES.items():
        assert name not in provisioners._RESOURCE_HANDLERS, f"{name}: MiniStack has it now; take the stand-in away"
        provisioners._RESOURCE_HANDLERS[name] = recorded(attributes)


def keep_time_to_live():
    """MiniStack makes a table without the TTL that its template asks for."""
    table_handlers = [provisioners._RESOURCE_HANDLERS[f"AWS::DynamoDB::{kind}"] for kind in ("Table", "GlobalTable")]
    for handlers in table_handlers:
        plain = handlers["create"]

        def create(logical_id, props, stack_name, plain=plain):
            name, attributes = plain(logical_id, props, stack_name)
            wanted = props.get("TimeToLiveSpecification")
            if wanted:
                _, _, answer = dynamodb._describe_ttl({"TableName": name})
                kept = json.loads(answer)["TimeToLiveDescription"]["TimeToLiveStatus"]
                assert kept == "DISABLED", "TTL: MiniStack keeps it now; take the stand-in away"
                dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": wanted})
            return name, attributes

        handlers["create"] = create


def tell_of_parameters():
    """AWS tells EventBridge of each change of a parameter; MiniStack does not."""
    assert "eventbridge" not in inspect.getsource(ssm), "changes of parameters: MiniStack tells of them now; take the stand-in away"

    def telling(plain, operation):
        def change(data):
            known = data.get("Name") in ssm._parameters
            answer = plain(data)
            if answer[0] < 300:
                done = "Update" if operation == "Create" and known else operation
                detail = {"operation": done, "name": data["Name"], "type": data.get("Type", "String")}
                entry = {"Source": "aws.ssm", "DetailType": "Parameter Store Change", "Detail": json.dumps(detail)}
                eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
            return answer

        return change

    ssm._put_parameter = telling(ssm._put_parameter, "Create")
    ssm._delete_parameter = telling(ssm._delete_parameter, "Delete")


def take_alarms_on_expressions():
    """MiniStack refuses an alarm that is on an expression over several metrics."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    plain = handlers["create"]
    stand_in = recorded({"Arn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:#"})["create"]

    def create(logical_id, props, stack_name):
        if not props.get("Metrics"):
            return plain(logical_id, props, stack_name)
        try:
            plain(logical_id, props, stack_name)
        except ValueError as refused:
            assert "metric math" in str(refused), refused
            return stand_in(logical_id, props, stack_name)
        raise AssertionError("alarms on expressions: MiniStack takes them now; take the stand-in away")

    handlers["create"] = create


def miss_images():
    """AWS says that an image is not there, which is why the CDK builds and pushes it; MiniStack answers with an empty list, which the CDK takes for found."""
    assert "ImageNotFoundException" not in inspect.getsource(ecr._describe_images), "images: MiniStack misses them now; take the stand-in away"
    plain = ecr._describe_images

    def describe(data):
        answer = plain(data)
        if answer[0] < 300 and data.get("imageIds") and not json.loads(answer[2])["imageDetails"]:
            return error_response_json("ImageNotFoundException", "The image requested does not exist in the repository", 400)
        return answer

    ecr._describe_images = describe


if __name__ == "__main__":
    stand_in_for_types()
    keep_time_to_live()
    take_alarms_on_expressions()
    tell_of_parameters()
    miss_images()
    from ministack.app import main

    main()
