// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Signing in to a user pool of Cognito, with whatever it asks for on the way.

/** Return the text with which Cognito refused, as an error of that name. */
async function ask(endpoint, operation, parameters) {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}` },
    body: JSON.stringify(parameters),
  });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.message ?? "Signing in failed."), { name: String(body.__type ?? "").split("#").at(-1) });
  return body;
}

// What a challenge wants to be told, and under which name Cognito takes the answer.
const CHALLENGES = {
  NEW_PASSWORD_REQUIRED: { text: "Choose a password of your own.", label: "New password", secret: true, key: "NEW_PASSWORD" },
  SOFTWARE_TOKEN_MFA: { text: "Enter the code that your authenticator shows.", label: "Code", key: "SOFTWARE_TOKEN_MFA_CODE" },
  SMS_MFA: { text: "Enter the code of the short message.", label: "Code", key: "SMS_MFA_CODE" },
  EMAIL_OTP: { text: "Enter the code of the mail.", label: "Code", key: "EMAIL_OTP_CODE" },
};

/** Sign in; `prompt({text, label, secret})` asks the user. Returns the tokens. */
export async function signIn({ cognitoEndpoint: endpoint, userPoolClientId: ClientId }, username, password, prompt) {
  let answer = await ask(endpoint, "InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId,
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  while (answer.ChallengeName) {
    const responses = { USERNAME: answer.ChallengeParameters?.USER_ID_FOR_SRP ?? username };
    let { Session } = answer;
    if (answer.ChallengeName === "MFA_SETUP") {
      const secret = await ask(endpoint, "AssociateSoftwareToken", { Session });
      const code = await prompt({ text: `Add this key to your authenticator, then enter the code that it shows: ${secret.SecretCode}`, label: "Code" });
      ({ Session } = await ask(endpoint, "VerifySoftwareToken", { Session: secret.Session, UserCode: code }));
    } else {
      const challenge = CHALLENGES[answer.ChallengeName];
      if (!challenge) throw new Error(`This page cannot answer ${answer.ChallengeName}.`);
      responses[challenge.key] = await prompt(challenge);
    }
    answer = await ask(endpoint, "RespondToAuthChallenge", { ClientId, ChallengeName: answer.ChallengeName, Session, ChallengeResponses: responses });
  }
  return answer.AuthenticationResult;
}

/** Revoke the refresh token, so that nobody can use it any more. */
export async function signOut({ cognitoEndpoint, userPoolClientId: ClientId }, tokens) {
  if (tokens.RefreshToken) await ask(cognitoEndpoint, "RevokeToken", { ClientId, Token: tokens.RefreshToken });
}

/** Return the claims of a token; the API checks its signature, not the page. */
export function claims(token) {
  const bytes = Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
