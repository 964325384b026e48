/** The address for systems that provision users: the prefix of each address and of the links to each resource. */
export const scimPath = '/scim/v2'
