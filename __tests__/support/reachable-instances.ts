import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { emulatedConfig } from "../../cli/rehearsal/emulator";
import { readEnvironments } from "../../cli/assembly/environments";
import type { Workspace } from "./cli";
import { JsonService } from "./json-service";
import type { Moto } from "./moto";

/** The instances of a workspace: EC2 as moto has it, and Systems Manager, which it has not. */
export class ReachableInstances {
  /** The ids, by environment and name, such as `dev/web`. */
  public readonly ids: Record<string, string> = {};
  /** Systems Manager and the key service. */
  public readonly service = new JsonService();
  /** EC2. */
  public readonly ec2: EC2Client;

  constructor(private readonly moto: Moto) {
    this.ec2 = new EC2Client(emulatedConfig(moto.url));
  }

  /** Has every instance Online, taking sessions, and everything allowed. */
  public online(): void {
    const answer = { InstanceInformationList: [{ PingStatus: "Online" }], Status: "connected" };
    this.service.answer = () => answer;
  }

  /** Starts the instances of a workspace, and has its commands ask these services. */
  public async start(workspace: Workspace): Promise<void> {
    await this.service.start();
    this.online();
    workspace.env.AWS_ENDPOINT_URL = this.service.url;
    workspace.env.AWS_ENDPOINT_URL_EC2 = this.moto.url;
    for (const { name: environment, instances } of readEnvironments(`${workspace.folder}/cdktf.out`)) {
      for (const { name, tags } of instances) {
        const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        const { Instances = [] } = await this.ec2.send(
          new RunInstancesCommand({
            ImageId: "ami-12c6146b",
            MinCount: 1,
            MaxCount: 1,
            TagSpecifications: [{ ResourceType: "instance", Tags }],
          }),
        );
        this.ids[`${environment}/${name}`] = Instances[0]?.InstanceId ?? "";
      }
    }
  }

  /** Has the services end. */
  public stop(): void {
    this.ec2.destroy();
    this.service.stop();
  }
}
