/** What constructs and settings take where nothing is said. */
export const DEFAULTS = {
  retentionDays: 365,
  idleMinutes: 20,
  maxMinutes: 480,
  recordings: "retain",
  expireDays: 3650,
  lockMode: "governance",
  watchedCommands: ["rm"],
  commandJournal: true,
  instanceType: "t3.nano",
  image: "al2023",
  imageUpdates: "keep",
  hopLimit: 1,
  volumeGiB: 8,
} as const;
