import { type InstanceImage, imageWithoutUsers, isWindows } from "../facts/instance-image";
import { problem } from "../facts/refusal";
import { SESSION_USER } from "../facts/sessions";
import { joinedUserData } from "./session-user-data";

/** What an instance says that depends on how its sessions are. */
export interface SessionUserGiven {
  /** What it boots from. */
  readonly image: InstanceImage;
  /** Its own text for the first boot. */
  readonly userData?: string | undefined;
  /** Network hops of a metadata response. */
  readonly hopLimit: number;
  /** Whether recordings may stop without a word. */
  readonly acceptUnrecorded?: boolean | undefined;
  /** Whether only root may ask the metadata service. */
  readonly metadataForRootOnly?: boolean | undefined;
}

/** How an environment's sessions are. */
export interface SessionUse {
  /** Whether they are recorded. */
  readonly recorded: boolean;
  /** Whether they run as the user whom the first boot makes. */
  readonly sessionUser: boolean;
  /** Whether their shells write a journal of commands. */
  readonly commandJournal: boolean;
}

/** Something wrong with one setting of an instance, beside how its sessions are. */
export interface SessionUserProblem {
  /** The setting. */
  readonly field: "image" | "userData" | "hopLimit" | "acceptUnrecorded" | "metadataForRootOnly";
  /** What is allowed and what to do. */
  readonly problem: string;
}

/** Whether the first boot makes the user of sessions. */
export function makesSessionUser(
  { acceptUnrecorded = false }: Pick<SessionUserGiven, "acceptUnrecorded">,
  { recorded, sessionUser }: SessionUse,
): boolean {
  return recorded && sessionUser && !acceptUnrecorded;
}

/** What is wrong with an instance, by how its sessions are. */
export function sessionUserProblems(instance: SessionUserGiven, use: SessionUse): SessionUserProblem[] {
  const { image, userData = "", hopLimit, acceptUnrecorded = false, metadataForRootOnly = false } = instance;
  const makes = makesSessionUser(instance, use);
  const windows = isWindows(image, userData);
  const userless = imageWithoutUsers(image);
  const found: Record<SessionUserProblem["field"], string | undefined> = {
    image:
      userless !== undefined && use.recorded
        ? problem(
            `no ${userless} where sessions are recorded`,
            "choose another Linux, or record no sessions: it has no user whom they could run as, so that all are refused",
          )
        : windows && use.recorded && !acceptUnrecorded
          ? problem(
              "no Windows where sessions are recorded",
              `recording may stop there without a word, and ${SESSION_USER} is an administrator who can stop it: ` +
                "accept that with acceptUnrecorded: true, or choose Linux",
            )
          : undefined,
    // What Windows reads has a form of its own: with one of them there is enough to say.
    userData:
      makes && !windows ? joinedUserData({ ...use, metadataForRootOnly }).problem(userData) : undefined,
    hopLimit:
      metadataForRootOnly && hopLimit > 1
        ? problem(
            "1 with metadataForRootOnly",
            "take one of them away: what containers ask is forwarded, past the filter",
          )
        : undefined,
    acceptUnrecorded:
      acceptUnrecorded && !windows && !(typeof image === "object" && "amiId" in image)
        ? problem(
            "true with a Windows image alone, or an amiId, which may be one",
            "leave it out: it is for sessions that an image of Windows would not record",
          )
        : undefined,
    metadataForRootOnly:
      metadataForRootOnly && !makes
        ? problem(
            `true where sessions are recorded and run as ${SESSION_USER}`,
            "record sessions, without runAsUser, or leave it out, which replaces an instance that has it: whoever may use sudo is root, and can ask for metadata",
          )
        : undefined,
  };
  return Object.entries(found).flatMap(([field, message]) =>
    message === undefined ? [] : { field: field as SessionUserProblem["field"], problem: message },
  );
}
