/** The page's own addresses, each made here and nowhere else; names go in encoded. */
const at = (...words: string[]) => `/${words.map(encodeURIComponent).join("/")}`;

export const homePath = "/";
export const projectPath = (project: string) => at("projects", project);
export const createPath = (project: string, path: string) => at("projects", project, "new", path);
/** To create another with the same spec as one that is there. */
export const createLikePath = (project: string, path: string, name: string) => `${createPath(project, path)}?${new URLSearchParams({ [LIKE]: name }).toString()}`;
export const LIKE = "like";
export const resourcePath = (project: string, path: string, name: string) => at("projects", project, path, name);
export const editPath = (project: string, path: string, name: string) => at("projects", project, path, name, "edit");
export const changesPath = (project: string) => at("projects", project, "changes");
export const changePath = (project: string, change: string) => at("projects", project, "changes", change);
export const permissionsPath = (project: string) => at("projects", project, "permissions");
export const operationsPath = (project: string) => at("projects", project, "operations");
export const membersPath = (project: string) => at("projects", project, "members");
