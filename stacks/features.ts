import type { Construct } from "constructs";
import { accountId } from "../modules/once-per-stack";
import { sessionNames } from "../modules/session-names";
import type { EnvironmentSettings } from "./settings/environment";

/** Whether an environment's instances need a way to S3: it is asked for, or copies of recordings are kept there. */
export function needsS3({ network, sessions }: EnvironmentSettings): boolean {
  return network.endpoints.s3Gateway || (sessions ? sessions.archive !== undefined : false);
}

/** The bucket that copies of recordings are kept in, known without reading the stack that makes it. */
export function archiveBucket(scope: Construct, settings: EnvironmentSettings): string | undefined {
  const archive = settings.sessions ? settings.sessions.archive : undefined;
  return (
    archive &&
    (archive.bucketName ?? sessionNames(settings.namePrefix, accountId(scope), settings.region).archiveBucket)
  );
}
