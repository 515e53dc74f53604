/** The name of a service's endpoints in a Region, as AWS writes it. */
export function serviceName(region: string, service: string): string {
  return `com.amazonaws.${region}.${service}`;
}
