import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../../api/ApiProvider";
import { type Member, type Role, dataOf } from "../../api/client";
import { keys } from "../../api/keys";

/** Who is in a project; 403 for who is not. */
export function useMembers(project: string) {
  const api = useApi();
  return useQuery({
    queryKey: keys.members(project),
    staleTime: 0, // no message tells of members: each visit asks anew
    queryFn: async ({ signal }) => dataOf(await api.GET("/v1/projects/{project}/members", { params: { path: { project } }, signal })).items,
  });
}

/** What is asked for: somebody let in by e-mail, given another role, or with null taken out. */
export type Wish = { readonly email: string; readonly role: Role } | { readonly member: Member; readonly role: Role | null };

/** Write a membership; nothing is shown before the API has said yes. */
export function useMembership(project: string) {
  const api = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (wish: Wish): Promise<void> => {
      if ("email" in wish) {
        await api.POST("/v1/projects/{project}/members", { params: { path: { project } }, body: wish });
        return;
      }
      const params = { path: { project, person: wish.member.person.id } };
      if (wish.role === null) await api.DELETE("/v1/projects/{project}/members/{person}", { params });
      else await api.PUT("/v1/projects/{project}/members/{person}", { params, body: { role: wish.role } });
    },
    // Refused or not: somebody else may have changed it meanwhile, and one's own role may be another now.
    onSettled: () => Promise.all([cache.invalidateQueries({ queryKey: keys.members(project) }), cache.invalidateQueries({ queryKey: keys.me })]),
  });
}
