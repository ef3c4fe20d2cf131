// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// EC2 instances as the API shows them, and what can be done to them.

import { ApiError } from "./http.mjs";

const ID = /^i-[0-9a-f]{8,17}$/;

// From which states an operation makes sense; EC2 refuses the others with a less readable text.
const FROM = { start: ["stopped"], stop: ["pending", "running"], reboot: ["running"] };

export function shown(instance) {
  const tags = Object.fromEntries((instance.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  return {
    id: instance.InstanceId,
    name: tags.Name ?? "",
    state: instance.State?.Name ?? "unknown",
    type: instance.InstanceType,
    zone: instance.Placement?.AvailabilityZone,
    privateAddress: instance.PrivateIpAddress,
    publicAddress: instance.PublicIpAddress,
    launched: instance.LaunchTime instanceof Date ? instance.LaunchTime.toISOString() : instance.LaunchTime,
    tags,
  };
}

/** Return the fleet; `send` takes a command of EC2, `commands` makes them. */
export function fleet(send, { DescribeInstancesCommand, StartInstancesCommand, StopInstancesCommand, RebootInstancesCommand }) {
  const commands = { start: StartInstancesCommand, stop: StopInstancesCommand, reboot: RebootInstancesCommand };
  async function find(id) {
    if (!ID.test(id ?? "")) throw new ApiError(400, "InvalidInstanceId", "An instance id looks like i-0123456789abcdef0.");
    try {
      const { Reservations = [] } = await send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      const [instance] = Reservations.flatMap((each) => each.Instances ?? []);
      if (instance && instance.State?.Name !== "terminated") return instance;
    } catch (error) {
      if (error.name !== "InvalidInstanceID.NotFound") throw error;
    }
    throw new ApiError(400, "InstanceNotFound", `There is no instance ${id}.`);
  }
  return {
    async list() {
      const found = [];
      let NextToken;
      do {
        const page = await send(new DescribeInstancesCommand({ NextToken }));
        found.push(...(page.Reservations ?? []).flatMap((each) => each.Instances ?? []));
        NextToken = page.NextToken;
      } while (NextToken);
      return found.map(shown).filter((each) => each.state !== "terminated").sort((first, second) => first.id.localeCompare(second.id));
    },
    async change(operation, id) {
      const before = (await find(id)).State?.Name;
      if (!FROM[operation].includes(before)) {
        throw new ApiError(409, "WrongState", `The instance is ${before}; ${operation} needs it to be ${FROM[operation].join(" or ")}.`);
      }
      try {
        const changed = await send(new commands[operation]({ InstanceIds: [id] }));
        const [change] = changed.StartingInstances ?? changed.StoppingInstances ?? [];
        return { id, operation, before, state: change?.CurrentState?.Name ?? before };
      } catch (error) {
        if (error.name === "IncorrectInstanceState") throw new ApiError(409, "WrongState", error.message);
        if (error.name === "UnauthorizedOperation") throw new ApiError(409, "NotManaged", `${id} is not among the instances that may be changed.`);
        throw error;
      }
    },
  };
}
