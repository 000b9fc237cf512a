import { agentsUrl, baseUrl } from '../../boot/answer.ts';
import { grantedKickstart, type KickstartAnswer, type KickstartAsk } from '../../boot/kickstarts.ts';
import { hostPlan, type PlanQuestion } from '../../boot/plans.ts';
import type { Mint } from '../../boot/tokens.ts';
import type { KeyHolderCalls } from '../messages.ts';
import type { RoleProcess } from '../role.ts';
import type { BootSettings } from './settings.ts';
import type { ControlsWord } from './word.ts';

/** Gives installers their kickstarts, and answers control that asks what one would do. */
export async function startKickstarts(
  { settings, link }: RoleProcess<BootSettings>,
  mint: Mint,
  word: ControlsWord,
): Promise<(ask: KickstartAsk) => Promise<KickstartAnswer>> {
  const { serviceCa } = await link.call<KeyHolderCalls['identity']['reply']>('keyholder', 'identity', {});
  const { sshKeys, addresses, httpPort, httpsPort } = settings;
  const sources = () => ({ replica: word.replica, ...word.rendering(), sshKeys, serviceCa });
  const first = { address: addresses[0]!, httpPort };
  const reached = { base: baseUrl(first), agents: agentsUrl(first, httpsPort) };
  link.answer('plan', (question: PlanQuestion) => hostPlan(sources(), question, reached));
  return async (ask) => {
    const answer = await grantedKickstart({ mint, ...sources() }, ask);
    if (answer.kind === 'given' && answer.times === 1) {
      const { hostId, template, versions, masked: text } = answer;
      const delivered = { hostId, template, versions, base: ask.base, text };
      link.notify('control', { type: 'delivered', delivered });
    }
    return answer;
  };
}
