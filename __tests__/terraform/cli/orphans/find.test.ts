import { join } from "node:path";
import { EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { readEnvironments } from "../../../../cli/assembly/environments";
import { type OrphanSearch, findOrphans } from "../../../../cli/orphans/find";
import { STACK_TAG, stackIdentity } from "../../../../stacks/contract";
import type { Environment } from "../../../../stacks/settings/environment";
import { Workspace } from "../../../support/cli";
import {
  LeftOvers,
  tagsOf,
  withoutIdentity,
  withoutProviders,
  writeState,
} from "../../../support/left-overs";
import { describeMoto } from "../../../support/moto";
import { definedIn } from "../../../support/run-here";
import { MINIMAL } from "../../../support/synth";
import { describeTerraform } from "../../../support/terraform";

// Terraform runs several times in each.
jest.setTimeout(60_000);

describeTerraform("a search for orphans", () => {
  describeMoto("on a local AWS", (moto) => {
    const before = { ...process.env };
    let workspace: Workspace;
    let make: LeftOvers;
    beforeEach(async () => {
      await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
      make = new LeftOvers(moto);
      workspace = new Workspace();
      withoutProviders(workspace);
      workspace.env.AWS_ENDPOINT_URL = moto.url;
      process.env = definedIn({ ...before, ...workspace.env });
    });
    afterEach(() => {
      workspace.remove();
      make.client.destroy();
      process.env = before;
    });

    /** Synthesizes environments, and deploys them: each has a network that its state knows. */
    const deploy = async (environments: Record<string, Environment>): Promise<Record<string, string>> => {
      workspace.synthesize(environments);
      const vpcs: Record<string, string> = {};
      for (const name of Object.keys(environments)) {
        const tags = tagsOf(workspace, `${name}-networking`);
        const id = await make.vpc({ ...tags, Name: name });
        writeState(workspace, `${name}-networking`, { aws_vpc: [{ id, tags_all: tags }] });
        const instance = { id: `i-of-${name}`, tags_all: tagsOf(workspace, `${name}-instances`) };
        writeState(workspace, `${name}-instances`, { aws_instance: [instance] });
        vpcs[name] = id;
      }
      return vpcs;
    };

    const search = (name: string, stateIsLost = false, said: string[] = []): Promise<OrphanSearch> => {
      const environments = readEnvironments(join(workspace.folder, "cdktf.out"));
      const environment = environments.find((one) => one.name === name);
      if (environment === undefined) {
        throw new Error(`no ${name}`);
      }
      return findOrphans(environment, environments, { stateIsLost, say: (text) => said.push(text) });
    };
    const ids = (things: readonly { readonly id: string }[] | undefined): string[] | undefined =>
      things?.map(({ id }) => id);

    const PRESCRIBED = { Environment: "Production", ManagedBy: "terraform" };
    const NOTHING = { orphans: [], lost: [], perhaps: [], unread: [] };

    describe("whose tags an organization prescribes", () => {
      test("finds nothing of another team's that carries the same", async () => {
        await deploy({ shop: { ...MINIMAL, tags: PRESCRIBED } });
        const vpc = await make.vpc({ ...PRESCRIBED, Name: "shop-other" });
        await make.instance({ ...PRESCRIBED, Name: "shop-web" }, await make.subnet(vpc, PRESCRIBED));
        const calls = jest.spyOn(EC2Client.prototype, "send");
        expect(await search("shop")).toMatchObject(NOTHING);
        // Every kind is asked for once.
        expect(calls).toHaveBeenCalledTimes(8);
        calls.mockRestore();
      });

      test("finds nothing of another environment's, keys included, in whatever case they are written", async () => {
        const tags = { environment: "Production", MANAGEDBY: "Terraform" };
        const recorded: Environment = { ...MINIMAL, tags, sessions: {} };
        await deploy({ billing: recorded, shop: recorded });
        for (const name of ["billing", "shop"]) {
          const sessions = tagsOf(workspace, `${name}-sessions`);
          const key = { id: await make.key(sessions), tags_all: sessions };
          writeState(workspace, `${name}-sessions`, { aws_kms_key: [key] });
        }
        expect(await search("shop")).toMatchObject(NOTHING);
        // Nor what billing's own deploy left behind: that is billing's alone.
        const subnet = await make.subnet(await make.vpc({}), tagsOf(workspace, "billing-networking"));
        const key = await make.key(tagsOf(workspace, "billing-sessions"));
        expect(await search("shop")).toMatchObject(NOTHING);
        expect(ids((await search("billing")).orphans)).toEqual([subnet, key]);
      });

      test("finds its own after the tags have changed", async () => {
        await deploy({ shop: { ...MINIMAL, tags: PRESCRIBED } });
        const vpc = await make.vpc(tagsOf(workspace, "shop-networking"));
        workspace.synthesize({ shop: { ...MINIMAL, tags: { environment: "prod" } } });
        expect(ids((await search("shop")).orphans)).toEqual([vpc]);
      });
    });

    test("finds what was made while the instances' role had another name, as the states tell", async () => {
      const { dev: known } = await deploy({ dev: MINIMAL });
      const left = await make.vpc(tagsOf(workspace, "dev-networking"));
      workspace.synthesize({ dev: { ...MINIMAL, iam: { roleName: "another" } } });
      const since = await make.vpc(tagsOf(workspace, "dev-networking"));
      const { orphans, identified } = await search("dev");
      expect(ids(orphans)?.sort()).toEqual([left, since].sort());
      expect(identified).toEqual({ tagged: 2, without: 0 });
      // A clone whose environment has the same name and another role.
      await make.vpc({ [STACK_TAG]: stackIdentity("dev-networking", "of-a-clone") });
      expect(ids((await search("dev")).orphans)).toHaveLength(2);
      expect(known).toBeDefined();
    });

    test("tells since when things are there, and marks instances that run", async () => {
      await deploy({ dev: MINIMAL });
      const tags = tagsOf(workspace, "dev-instances");
      const id = await make.instance({ ...tags, Name: "dev-web" });
      const { orphans = [] } = await search("dev");
      expect(orphans).toMatchObject([{ id, what: "instance dev-web", running: true }]);
      expect(Date.now() - Number(orphans[0]?.since)).toBeLessThan(60_000);
    });

    describe("of an environment that was deployed before there was an identity", () => {
      /** Takes the identity from what a state knows, and from what AWS has of it. */
      const deployOld = async (): Promise<string> => {
        workspace.synthesize({ dev: MINIMAL });
        const tags = withoutIdentity(tagsOf(workspace, "dev-networking"));
        const id = await make.vpc({ ...tags, Name: "dev" });
        writeState(workspace, "dev-networking", { aws_vpc: [{ id, tags_all: tags }] });
        return id;
      };

      test("takes nothing for left over, and tells what may be", async () => {
        const known = await deployOld();
        const tags = withoutIdentity(tagsOf(workspace, "dev-instances"));
        writeState(workspace, "dev-instances", { aws_instance: [{ id: "i-1", tags_all: tags }] });
        const [own, others] = [
          tagsOf(workspace, "dev-networking"),
          { ...tags, [STACK_TAG]: "prod-networking-0" },
        ];
        await make.vpc(own);
        const alike = await make.subnet(known, { ...tags, Name: "dev-zone-3" });
        await make.vpc({ ...others, Name: "dev" });
        await make.vpc({ ...tags, Name: "devil" });
        await make.vpc({ ...tags, Name: "dev-2", Environment: "prod" });
        const found = await search("dev", true);
        expect(found).toMatchObject({ orphans: undefined, lost: [], identified: { tagged: 2, without: 2 } });
        expect(found.perhaps).toMatchObject([{ id: alike, what: "subnet dev-zone-3", stack: undefined }]);
      });

      test("is as unsure while only a part has its identity, and sure once all has", async () => {
        const id = await deployOld();
        const tags_all = tagsOf(workspace, "dev-networking");
        await make.vpc({ ...withoutIdentity(tags_all), Name: "dev" });
        const written = { aws_instance: [{ id: "i-1", tags_all: tagsOf(workspace, "dev-instances") }] };
        writeState(workspace, "dev-instances", written);
        expect(await search("dev")).toMatchObject({
          orphans: undefined,
          identified: { tagged: 2, without: 1 },
        });
        const vpc = await make.vpc({ ...tags_all, Name: "dev" });
        writeState(workspace, "dev-networking", { aws_vpc: [id, { id: vpc, tags_all }] });
        expect(await search("dev")).toMatchObject({ ...NOTHING, identified: { tagged: 2, without: 0 } });
      });

      test("and that no state knows: tells what may be its own, and where its states were looked for", async () => {
        const id = await deployOld();
        writeState(workspace, "dev-networking", {});
        const { orphans, lost, perhaps } = await search("dev");
        expect(orphans).toBeUndefined();
        expect(ids(perhaps)).toEqual([id]);
        expect(lost.map(({ stack, things }) => [stack.name, things])).toEqual([
          ["dev-networking", []],
          ["dev-instances", []],
        ]);
      });
    });

    test("takes nothing for left over where a state is empty, unless that is lost", async () => {
      const { dev: vpc } = await deploy({ dev: MINIMAL });
      const tags = tagsOf(workspace, "dev-instances");
      const web = await make.instance({ ...tags, Name: "dev-web" });
      const subnet = await make.subnet(vpc ?? "", tagsOf(workspace, "dev-networking"));
      writeState(workspace, "dev-instances", {});
      const { orphans, lost } = await search("dev");
      expect(orphans).toBeUndefined();
      expect(lost).toMatchObject([
        {
          stack: { name: "dev-instances" },
          place: `local, ${join(workspace.folder, "state/dev-instances.tfstate")}`,
          things: [{ id: web, stack: "dev-instances", running: true }],
        },
      ]);
      expect(ids((await search("dev", true)).orphans)).toEqual([web, subnet]);
      // An empty state of what was never deployed is as it should be.
      await make.client.send(new TerminateInstancesCommand({ InstanceIds: [web] }));
      expect(await search("dev")).toMatchObject({ lost: [], orphans: [{ id: subnet }] });
    });

    test("leaves out what the state of another environment knows, and goes on where one cannot be read", async () => {
      await deploy({ dev: MINIMAL, prod: MINIMAL, recipe: MINIMAL });
      const tags_all = tagsOf(workspace, "dev-networking");
      const [moved, left] = [await make.vpc(tags_all), await make.vpc(tags_all)];
      writeState(workspace, "prod-networking", { aws_vpc: [{ id: moved, tags_all }] });
      workspace.write("state/recipe-networking.tfstate", "{");
      const said: string[] = [];
      const { orphans, unread } = await search("dev", false, said);
      expect(ids(orphans)).toEqual([left]);
      expect(unread).toEqual([
        expect.stringMatching(/^the state of recipe-networking cannot be read: /) as string,
      ]);
      expect(said).toEqual([
        "reading states",
        "asking EC2 and KMS",
        "reading states again",
        "reading states of prod, recipe",
      ]);
    });
  });
});
